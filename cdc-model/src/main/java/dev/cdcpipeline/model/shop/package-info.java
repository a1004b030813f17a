/**
 * The rows of the shop's four tables as typed records, with the projections that read them from
 * change events. No logic about them lives here.
 */
package dev.cdcpipeline.model.shop;
