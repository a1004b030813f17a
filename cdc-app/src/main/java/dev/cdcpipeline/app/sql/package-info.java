/**
 * SQL as every part of the application runs it: a query with its parameters, and what is read of
 * its rows. It knows no table; what a statement asks for stays where it is asked.
 */
package dev.cdcpipeline.app.sql;
