/**
 * Auto-configuration of the meters of the loop, its tasks and its connections.
 */
@NullMarked
package io.github.loopthread.autoconfigure.metrics;

import org.jspecify.annotations.NullMarked;
