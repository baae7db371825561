/**
 * Auto-configuration of the observation of tasks.
 */
@NullMarked
package io.github.loopthread.autoconfigure.observation;

import org.jspecify.annotations.NullMarked;
