package dev.cdcpipeline.sink.table;

/**
 * A record that can't be written, now or later.
 *
 * @param origin what the caller knows the record by
 * @param message what was being done, what is wrong and what to do; no value of the record
 * @param cause what was thrown
 */
public record Refusal<O>(O origin, String message, Exception cause) {}
