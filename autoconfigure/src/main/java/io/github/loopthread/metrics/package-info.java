/**
 * Meters of a loop and its tasks.
 */
@NullMarked
package io.github.loopthread.metrics;

import org.jspecify.annotations.NullMarked;
