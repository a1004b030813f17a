/**
 * Defines what the pipelines of all modes share: their interface, what they begin with, and how
 * they read the headers of the source connector. Nothing here knows a single mode.
 */
package dev.cdcpipeline.sink.connect.pipeline;
