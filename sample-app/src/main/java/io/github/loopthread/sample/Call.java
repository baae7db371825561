package io.github.loopthread.sample;

import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopTaskListener.Outcome;

/**
 * One call of a page, as it was measured. Times are milliseconds since the page was
 * begun.
 *
 * @param name the service
 * @param asked when the page asked for it
 * @param started when a thread came to it, {@code null} if none did
 * @param ended when it had its outcome, {@code null} if the page did not wait for that
 * @param outcome how it ended, {@code null} if the page did not wait for that
 * @param thread the thread that came to it, {@code null} if none did
 * @param problem why it gave nothing, {@code null} after success
 * @param message what the exception says, if it is one of LoopThread
 */
record Call(String name, double asked, @Nullable Double started, @Nullable Double ended, @Nullable Outcome outcome,
		@Nullable String thread, @Nullable String problem, @Nullable String message) {

}
