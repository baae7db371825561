/**
 * Auto-configuration of events in recordings of the Flight Recorder.
 */
@NullMarked
package io.github.loopthread.autoconfigure.jfr;

import org.jspecify.annotations.NullMarked;
