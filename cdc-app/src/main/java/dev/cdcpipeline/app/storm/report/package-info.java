/**
 * What a storm found, as JSON, and the document that is made of such reports. Nothing here talks to
 * a pipeline.
 */
package dev.cdcpipeline.app.storm.report;
