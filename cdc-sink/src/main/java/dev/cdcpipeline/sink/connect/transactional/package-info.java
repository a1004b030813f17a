/**
 * Takes records to whole source transactions and these to the mirrors: the pipeline of mode
 * transactional. Nothing here knows the pipeline of the other modes.
 */
package dev.cdcpipeline.sink.connect.transactional;
