package dev.cdcpipeline.model.serde;

import org.apache.avro.Schema;

/**
 * One version of a subject.
 *
 * @param subject name the schema is registered under
 * @param version the subject's version, from 1
 * @param id the id that records carry
 * @param schema the schema
 */
public record RegisteredSchema(String subject, int version, int id, Schema schema) {}
