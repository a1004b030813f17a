/**
 * What a benchmark hands over: measured values with their spread, tables, charts, the machine; and
 * how that becomes JSON, text, Markdown and SVG. Knows nothing of how anything is measured.
 */
package dev.cdcpipeline.bench.report;
