package io.github.loopthread;

import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Operations that run asynchronous work on the loop on behalf of a blocking caller.
 * Implemented by {@link LoopTemplate}. Application code that wants to be tested without a
 * loop depends on this interface and is given {@link #direct()}.
 * <p>
 * <b>Guarantees.</b> A task is subscribed on the loop thread, and so is everything in it
 * that does not choose another thread. A call ends exactly once: with the task's result,
 * or with one of the exceptions below. The timeout is measured on the caller's side, so
 * that a loop that is blocked or dead cannot keep it from firing.
 * <p>
 * <b>Not promised.</b> A task that has been cancelled may have had effects, and may still
 * be cleaning up when its caller returns. Code that blocks inside a task blocks every
 * other task too.
 *
 * @since 1.0.0
 */
public interface LoopOperations {

	/**
	 * Run a task on the loop and wait for its result.
	 * @param <T> the type of the result
	 * @param task the task to run
	 * @return the value, or {@code null} if the task completed without one
	 * @throws LoopTimeoutException when the timeout passes first; the task is cancelled
	 * @throws LoopInterruptedException when the caller is interrupted, before the call or
	 * while it waits; its interrupt flag is set, and the task is cancelled
	 * @throws LoopNotRunningException when the loop has been stopped or has not started;
	 * nothing was subscribed
	 * @throws LoopOverloadedException when the limit of tasks is reached; nothing was
	 * subscribed
	 * @throws LoopStoppedException when the loop stops or dies before the task has ended
	 * @throws IllegalStateException when called on the loop thread or on another thread
	 * that must not block; nothing was subscribed
	 * @throws UndeclaredThrowableException when the task fails with a checked exception;
	 * any other failure of the task is thrown as it is
	 * @throws IllegalArgumentException when the task is {@code null}
	 */
	<T> @Nullable T execute(Mono<T> task);

	/**
	 * Run a task on the loop and wait for its result.
	 * @param <T> the type of the result
	 * @param task called on the loop to start the work; must not block
	 * @return the value, or {@code null} if the stage completed with {@code null}
	 * @throws LoopTimeoutException when the timeout passes first; the task is cancelled,
	 * and with it a stage that is a {@link java.util.concurrent.Future}
	 * @throws LoopInterruptedException when the caller is interrupted, before the call or
	 * while it waits; its interrupt flag is set, and the task is cancelled
	 * @throws LoopNotRunningException when the loop has been stopped or has not started;
	 * the supplier was not called
	 * @throws LoopOverloadedException when the limit of tasks is reached; the supplier
	 * was not called
	 * @throws LoopStoppedException when the loop stops or dies before the task has ended
	 * @throws IllegalStateException when called on the loop thread or on another thread
	 * that must not block; the supplier was not called
	 * @throws UndeclaredThrowableException when the task fails with a checked exception;
	 * any other failure of the task is thrown as it is
	 * @throws IllegalArgumentException when the task is {@code null}
	 */
	<T> @Nullable T execute(Supplier<? extends CompletionStage<T>> task);

	/**
	 * Run a task on the loop and do not wait. May be called on the loop thread.
	 * <p>
	 * The timeout holds for the future as well, exact to a tenth of a second. Cancelling
	 * or completing the future cancels the task on the loop. Functions chained to the
	 * future run on the thread that completes it, which as a rule is the loop thread:
	 * they must not block.
	 * @param <T> the type of the result
	 * @param task the task to run
	 * @return a future that completes with the value, or with {@code null} if there is
	 * none
	 * @throws LoopNotRunningException when the loop has been stopped or has not started;
	 * nothing was subscribed
	 * @throws LoopOverloadedException when the limit of tasks is reached; nothing was
	 * subscribed
	 * @throws IllegalArgumentException when the task is {@code null}
	 */
	<T> CompletableFuture<@Nullable T> submit(Mono<T> task);

	/**
	 * Run a task on the loop and do not wait. May be called on the loop thread.
	 * @param <T> the type of the result
	 * @param task called on the loop to start the work; must not block
	 * @return a future as in {@link #submit(Mono)}
	 * @throws LoopNotRunningException when the loop has been stopped or has not started;
	 * the supplier was not called
	 * @throws LoopOverloadedException when the limit of tasks is reached; the supplier
	 * was not called
	 * @throws IllegalArgumentException when the task is {@code null}
	 */
	<T> CompletableFuture<@Nullable T> submit(Supplier<? extends CompletionStage<T>> task);

	/**
	 * Acquire an object on the loop and wait for it, for as long as a blocking
	 * {@code try} needs it.
	 * <p>
	 * The object is released on the loop once, in the context in which it was acquired:
	 * by {@link LoopLease#close()}, by the stop of the loop, or, if it comes when the
	 * caller no longer waits for it, at once. What {@code acquire} does with an object
	 * that it has in its hands when it is cancelled is its own affair, as with
	 * {@link Mono#usingWhen}. One that is made from a future loses it, unless it leaves
	 * the future alone and discards:
	 * {@code Mono.fromFuture(future, true).doOnDiscard(type, release)}.
	 * @param <T> the type of the object
	 * @param acquire acquires the object; one that is empty fails
	 * @param release called on the loop to release it; must not block
	 * @return the lease, to be closed
	 * @throws LoopTimeoutException when the timeout passes first; the task is cancelled
	 * @throws LoopInterruptedException when the caller is interrupted, before the call or
	 * while it waits; its interrupt flag is set, and the task is cancelled
	 * @throws LoopNotRunningException when the loop has been stopped or has not started;
	 * nothing was subscribed
	 * @throws LoopOverloadedException when the limit of tasks is reached; nothing was
	 * subscribed
	 * @throws LoopStoppedException when the loop stops or dies before the object has been
	 * acquired
	 * @throws IllegalStateException when called on the loop thread or on another thread
	 * that must not block, when nothing was subscribed; or when {@code acquire} was empty
	 * @throws UndeclaredThrowableException when {@code acquire} fails with a checked
	 * exception; any other failure of it is thrown as it is
	 * @throws IllegalArgumentException when an argument is {@code null}
	 */
	<T> LoopLease<T> open(Mono<T> acquire, Function<? super T, ? extends Mono<Void>> release);

	/**
	 * Open a scope, in which several tasks run at once under one deadline: that of these
	 * operations, counted from this call.
	 * @return the scope, to be closed
	 * @throws LoopInterruptedException when the caller has been interrupted before
	 * @throws LoopNotRunningException when the loop has been stopped or has not started
	 * @throws IllegalStateException when called on the loop thread or on another thread
	 * that must not block
	 */
	LoopScope scope();

	/**
	 * Read what a source emits, element by element, with at most 32 of them ahead of the
	 * reader.
	 * @param <T> the type of the elements
	 * @param source the source
	 * @return a stream as from {@link #stream(Flux, int)}
	 * @throws LoopInterruptedException when the caller has been interrupted before;
	 * nothing was subscribed
	 * @throws LoopNotRunningException when the loop has been stopped or has not started;
	 * nothing was subscribed
	 * @throws LoopOverloadedException when the limit of tasks is reached; nothing was
	 * subscribed
	 * @throws IllegalStateException when called on the loop thread or on another thread
	 * that must not block; nothing was subscribed
	 * @throws IllegalArgumentException when the source is {@code null}
	 */
	default <T> Stream<T> stream(Flux<T> source) {
		return stream(source, LoopStream.DEFAULT_PREFETCH);
	}

	/**
	 * Read what a source emits, element by element. The source is subscribed on the loop
	 * at once and asked for as many elements as may wait for the reader; it is asked for
	 * more when three quarters of them have been read. A reader that is slow holds up the
	 * source, and nothing else on the loop.
	 * <p>
	 * The stream is one task until its last element has been read or it is closed, so it
	 * is to be closed, as by a {@code try}. {@link Stream#close()} may be called on any
	 * thread and does not wait; it cancels the source on the loop. Elements that nobody
	 * has read are released if they are buffers. A stream that is neither read to its end
	 * nor closed is closed when it has been collected as garbage, and reported.
	 * <p>
	 * What {@link #execute(Mono)} throws while it waits, reading throws: after the
	 * elements that came before a failure of the source, and again whenever it is read
	 * again. The timeout holds for each element, from asking for it to having it. Reading
	 * on a thread that must not block throws an {@link IllegalStateException} and leaves
	 * the stream as it is; so does reading when it was closed before its end. Elements
	 * are read by one thread at a time, also in a parallel stream.
	 * @param <T> the type of the elements
	 * @param source the source
	 * @param prefetch how many elements may wait for the reader, at least 1; a source
	 * that has them all at hand emits so many in one go, while other tasks wait
	 * @return the stream, to be closed
	 * @throws LoopInterruptedException when the caller has been interrupted before;
	 * nothing was subscribed
	 * @throws LoopNotRunningException when the loop has been stopped or has not started;
	 * nothing was subscribed
	 * @throws LoopOverloadedException when the limit of tasks is reached; nothing was
	 * subscribed
	 * @throws IllegalStateException when called on the loop thread or on another thread
	 * that must not block; nothing was subscribed
	 * @throws IllegalArgumentException when the source is {@code null} or the prefetch
	 * less than 1
	 */
	<T> Stream<T> stream(Flux<T> source, int prefetch);

	/**
	 * Return operations that differ in how long a task may take, and a stream for each
	 * element.
	 * @param timeout the time from the call to the result, more than zero; one that is
	 * too long to be measured means no limit
	 * @return new operations; these ones are unchanged
	 * @throws IllegalArgumentException when the timeout is {@code null}, zero or negative
	 */
	LoopOperations withTimeout(Duration timeout);

	/**
	 * Return operations that wait for as long as the loop lives. Never a default: say why
	 * where you use it.
	 * @return new operations; these ones are unchanged
	 */
	LoopOperations withoutTimeout();

	/**
	 * Return operations that differ in the name of their tasks.
	 * @param name the name, shown in messages; not blank, without control characters
	 * @return new operations; these ones are unchanged
	 * @throws IllegalArgumentException when the name is {@code null}, blank, or with
	 * control characters
	 */
	LoopOperations withName(String name);

	/**
	 * Return operations without a loop, for tests: a task is subscribed on the thread of
	 * the caller, and {@code submit} returns when it has ended.
	 * @return operations that run tasks on the caller
	 */
	static LoopOperations direct() {
		return DirectOperations.INSTANCE;
	}

}
