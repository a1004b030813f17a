package dev.cdcpipeline.sink.mirror;

import dev.cdcpipeline.sink.change.ReducedChange;

/**
 * A change in its flush.
 *
 * @param reduced the change and what its batch knows of the row
 * @param ordinal place within the flush, from 1, over all tables
 * @param segment number of the source transaction within the flush, from 1
 */
record StagedChange(ReducedChange reduced, long ordinal, long segment) {}
