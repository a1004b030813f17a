/**
 * Defines every key of the connector's configuration, checks the values, and derives tables from
 * topics and settings. Nothing here reads a record or opens a connection, and no package outside
 * the connector sees it.
 */
package dev.cdcpipeline.sink.connect.config;
