/**
 * Results kept as plain SELECTs over the mirrors: their definition files, affected keys, and how
 * each is maintained. Nothing here knows Kafka or Connect.
 */
package dev.cdcpipeline.sink.result;
