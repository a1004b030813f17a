/**
 * An example: the result of docs/build-your-own-result.md, over the tables of a helpdesk. It uses
 * {@code cdc-transforms}, whose Streams application runs it.
 */
package com.example.support;
