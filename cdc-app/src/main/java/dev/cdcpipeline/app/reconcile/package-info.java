/**
 * Compares the target with the source, row by row and value by value, by running each result's
 * definition on the source. Shares no code with the sink, so that both are not wrong together, and
 * prints nothing.
 */
package dev.cdcpipeline.app.reconcile;
