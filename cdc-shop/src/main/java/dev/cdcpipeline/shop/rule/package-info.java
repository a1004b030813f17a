/** The shop's rules for single rows. How violations are kept and published is not known here. */
package dev.cdcpipeline.shop.rule;
