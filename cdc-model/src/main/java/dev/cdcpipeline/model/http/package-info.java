/**
 * HTTP as every client of the product speaks it: an answer has a limit in time and in bytes.
 * Nothing here knows what an answer says.
 */
package dev.cdcpipeline.model.http;
