/**
 * A shop's activity on the source database: which transactions a seed gives, and running them at a
 * rate. Nothing here knows the pipeline or prints.
 */
package dev.cdcpipeline.app.simulate;
