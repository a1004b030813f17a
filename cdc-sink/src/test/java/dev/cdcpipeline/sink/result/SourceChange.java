package dev.cdcpipeline.sink.result;

import java.util.Map;

/** One change of one row, complete, as a source transaction made it. */
public record SourceChange(String table, char op, Map<String, Object> row) {}
