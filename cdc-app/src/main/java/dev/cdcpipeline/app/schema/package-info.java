/**
 * Foretells what a change of a source table will do downstream: to the registry, to mirrors, to
 * results. Runs nothing on a real table and prints nothing.
 */
package dev.cdcpipeline.app.schema;
