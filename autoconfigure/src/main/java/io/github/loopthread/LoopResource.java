package io.github.loopthread;

import java.util.function.Function;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

/**
 * An object that lives on the loop: opened there before the first task runs, closed there
 * after the last has ended, and opened anew at each start.
 * <p>
 * <b>Guarantees.</b> {@link #open} and {@link #close} are called, and their publishers
 * subscribed, on the loop thread; each is bounded by the loop's settings. Resources open
 * in the order in which the loop was given them and close in reverse. A resource that
 * fails to open stops the start; one that fails to close does not keep the others from
 * closing.
 * <p>
 * A resource belongs to one {@link LoopThread}.
 *
 * @param <T> the type of the object
 * @since 1.0.0
 */
public abstract class LoopResource<T> {

	private static final Log logger = LogFactory.getLog(LoopResource.class);

	private final String name;

	// Written when the loop is created, read by any thread
	private volatile @Nullable LoopThread loop;

	// Written by the threads that start and stop the loop in turn, read by any thread
	private volatile @Nullable T value;

	/**
	 * Create a resource.
	 * @param name the name for messages; not blank
	 * @throws IllegalArgumentException when the name is {@code null} or blank
	 */
	protected LoopResource(String name) {
		Assert.hasText(name, () -> "'name' must not be blank, but is '%s'".formatted(name));
		this.name = name;
	}

	/**
	 * Create a resource from two functions.
	 * @param <T> the type of the object
	 * @param name the name for messages; not blank
	 * @param open as {@link #open}
	 * @param close as {@link #close}
	 * @return the resource
	 * @throws IllegalArgumentException when an argument is {@code null}, or the name
	 * blank
	 */
	public static <T> LoopResource<T> of(String name, Function<? super LoopThread, ? extends Mono<T>> open,
			Function<? super T, ? extends Mono<Void>> close) {
		Assert.notNull(open, "'open' must not be null");
		Assert.notNull(close, "'close' must not be null");
		return new LoopResource<>(name) {

			@Override
			protected Mono<T> open(LoopThread loop) {
				return open.apply(loop);
			}

			@Override
			protected Mono<Void> close(T resource) {
				return close.apply(resource);
			}

		};
	}

	/**
	 * Open the object. Called on the loop thread, which must not be blocked.
	 * @param loop the loop on which the object will live
	 * @return a publisher of the object; an empty one fails the start
	 */
	protected abstract Mono<T> open(LoopThread loop);

	/**
	 * Close the object. Called on the loop thread, which must not be blocked. By default
	 * there is nothing to do.
	 * @param resource the object
	 * @return a publisher that completes when the object has been closed
	 */
	protected Mono<Void> close(T resource) {
		return Mono.empty();
	}

	/**
	 * Return the object of the running loop, on any thread. While the application still
	 * starts, the first call starts the loop and waits for that.
	 * @return the object
	 * @throws LoopNotRunningException when the loop is not running
	 */
	public final T get() {
		T value = this.value;
		if (value != null) {
			return value;
		}
		LoopThread loop = this.loop;
		if (loop == null) {
			throw new LoopNotRunningException(("Resource '%s' is not open: it has not been given to a LoopThread. "
					+ "One that you define yourself needs every LoopResource bean")
				.formatted(this.name));
		}
		loop.awaitRunning();
		value = this.value;
		if (value == null) {
			throw new LoopNotRunningException(
					"Resource '%s' is not open on loop '%s'".formatted(this.name, loop.getName()));
		}
		return value;
	}

	@Override
	public String toString() {
		return "LoopResource '%s'".formatted(this.name);
	}

	final String name() {
		return this.name;
	}

	final boolean isBound() {
		return this.loop != null;
	}

	final void bind(LoopThread loop) {
		this.loop = loop;
	}

	final Mono<T> opening(LoopThread loop) {
		return Mono.defer(() -> open(loop));
	}

	/**
	 * Make the object available. Called by the thread that starts the loop, once it is
	 * certain that the start has not been given up meanwhile.
	 */
	final void set(T opened) {
		this.value = opened;
	}

	/**
	 * Take the object away, from this moment on, and close it when that is subscribed to.
	 */
	final Mono<Void> closing() {
		T value = this.value;
		this.value = null;
		return (value != null) ? Mono.defer(() -> close(value)) : Mono.empty();
	}

	/**
	 * Close an object that came after its start had been given up. Called on the loop.
	 */
	final void closeLate(T late) {
		Mono.defer(() -> close(late)).subscribe((none) -> {
		}, (ex) -> logger.warn("Resource '%s' opened too late and failed to close".formatted(this.name), ex));
	}

}
