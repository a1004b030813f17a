/**
 * What must hold of the target: every view is the source as of one commit, every transaction is
 * there once and in order, lists only grow. It knows source and target by SQL and a replication
 * slot of its own; it must not know the pipeline between them.
 */
package dev.cdcpipeline.app.storm.check;
