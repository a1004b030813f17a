/**
 * Takes each topic's records to its own table: the pipeline of the modes upsert, append and mirror.
 * Nothing here assembles transactions or knows the pipeline of mode transactional.
 */
package dev.cdcpipeline.sink.connect.topic;
