package io.github.loopthread;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A time in which the loop did not answer, because something has blocked it or kept it
 * busy.
 *
 * @param task the name of the task for which the loop was working when that was noticed,
 * {@code null} if it was for none, or if the stall was over before it was noticed
 * @param frame the frame in which it was then, {@code null} if its thread had ended, or
 * if the stall was over before it was noticed
 * @param duration for how long it did not answer. What had passed before the watchdog
 * asked, a tenth of a second at most, is not in it, nor is time for which the whole
 * process stood still
 * @since 1.0.0
 */
public record LoopStall(@Nullable String task, @Nullable String frame, Duration duration) {

}
