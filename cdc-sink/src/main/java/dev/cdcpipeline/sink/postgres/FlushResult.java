package dev.cdcpipeline.sink.postgres;

/**
 * What a flush did.
 *
 * @param changes changes staged
 * @param keys keys touched
 * @param rowsWritten mirror rows inserted, updated or deleted; a row that would not change is not
 *     written
 * @param copied whether the flush went by COPY
 */
public record FlushResult(long changes, long keys, long rowsWritten, boolean copied) {}
