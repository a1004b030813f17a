/**
 * An example: change events in a program of one's own, without a framework. It uses {@code
 * cdc-model} and Kafka's client, nothing else.
 */
package com.example.consumer;
