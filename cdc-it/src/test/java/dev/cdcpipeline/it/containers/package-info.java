/**
 * The pipeline in containers, for scenarios: the images and files of {@code infra/compose.yaml},
 * run by Testcontainers. Nothing here knows a scenario or a result.
 */
package dev.cdcpipeline.it.containers;
