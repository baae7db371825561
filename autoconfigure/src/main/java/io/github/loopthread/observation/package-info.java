/**
 * An observation of each task: a span in the trace of its caller.
 */
@NullMarked
package io.github.loopthread.observation;

import org.jspecify.annotations.NullMarked;
