/**
 * Events for the JDK's Flight Recorder.
 */
@NullMarked
package io.github.loopthread.jfr;

import org.jspecify.annotations.NullMarked;
