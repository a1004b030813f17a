/**
 * Who may ask what of a Connect worker's REST API: an extension that the worker loads, beside the
 * one of Kafka's that asks for a password. Nothing here is on the class path of the cdc command.
 */
package dev.cdcpipeline.runtime.rest;
