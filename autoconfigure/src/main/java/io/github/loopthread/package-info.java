/**
 * One event-loop thread for a blocking application, and a template to run tasks on it.
 * <ul>
 * <li>{@link io.github.loopthread.LoopOperations} is what application code calls;
 * {@link io.github.loopthread.LoopTemplate} is the caller's side of it: guards, waiting,
 * timeout.
 * <li>{@link io.github.loopthread.LoopThread} is the loop's side: the thread, its
 * lifecycle, and the door that every task goes through.
 * <li>{@link io.github.loopthread.LoopResource} is an object that lives on the loop.
 * </ul>
 * Not for use on an event loop: a task composes with other publishers, it never waits.
 */
@NullMarked
package io.github.loopthread;

import org.jspecify.annotations.NullMarked;
