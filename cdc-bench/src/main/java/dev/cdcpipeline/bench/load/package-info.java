/**
 * What a shop does while it is measured: rows in bulk, a backlog made on the server, and
 * transactions at a steady rate. Knows the source database alone.
 */
package dev.cdcpipeline.bench.load;
