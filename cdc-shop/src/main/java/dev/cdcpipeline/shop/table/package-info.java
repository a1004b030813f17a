/** The shop's source tables, by the columns that its results need. No result is known here. */
package dev.cdcpipeline.shop.table;
