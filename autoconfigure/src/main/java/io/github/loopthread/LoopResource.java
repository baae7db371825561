package io.github.loopthread;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import io.netty.util.concurrent.EventExecutor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

import io.github.loopthread.LoopThread.State;

/**
 * An object that lives on the loop: opened there before the first task runs, closed there
 * after the last has ended, and opened anew at each start.
 * <p>
 * <b>Guarantees.</b> {@link #open} and {@link #close} are called, and their publishers
 * subscribed, on the loop thread; each is bounded by the loop's settings. Resources open
 * in the order in which the loop was given them and close in reverse. A resource that
 * fails to open stops the start; one that fails to close does not keep the others from
 * closing. A resource may use those that come before it, in {@code open} and in
 * {@code close}.
 * <p>
 * A resource belongs to one {@link LoopThread}. What lives on one loop is not for the
 * thread of another: whoever asks for it there is refused.
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
	private volatile @Nullable Opened<T> opened;

	/**
	 * Create a resource.
	 * @param name the name for messages; not blank
	 * @throws IllegalArgumentException when the name is {@code null} or blank
	 */
	protected LoopResource(String name) {
		TaskOptions.assertName(name);
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
	 * Return the object of the running loop, on any thread but that of another loop.
	 * While the application still starts, the first call starts the loop and waits for
	 * that. Another resource may ask for it while it opens or closes, if it comes later
	 * in the order.
	 * @return the object
	 * @throws LoopNotRunningException when the loop is not running, could not start, or
	 * has not come to this resource yet
	 * @throws LoopInterruptedException when the caller is interrupted while it waits for
	 * the start; its interrupt flag is set, and the start goes on
	 * @throws IllegalStateException on the thread of another loop, or of an earlier life
	 * of this one
	 */
	public final T get() {
		Opened<T> opened = this.opened;
		if (opened == null) {
			opened = awaitOpened();
		}
		EventLoopThread.assertNotOfOtherLoop(opened.loop(), this);
		return opened.value();
	}

	/**
	 * Return the object if it is there at the moment, on any thread and at once: for a
	 * look at it, not for use.
	 * @return the object, {@code null} while it is not open
	 */
	protected final @Nullable T current() {
		Opened<T> opened = this.opened;
		return (opened != null) ? opened.value() : null;
	}

	private Opened<T> awaitOpened() {
		LoopThread loop = this.loop;
		if (loop == null) {
			throw new LoopNotRunningException(("Resource '%s' is not open: it has not been given to a LoopThread. "
					+ "One that you define yourself needs every LoopResource bean")
				.formatted(this.name));
		}
		if (loop.state() == State.STARTING && loop.inLoop()) {
			throw new LoopNotRunningException(("Resource '%s' is not open yet on loop '%s'. "
					+ "A resource that needs another one must come later in the order")
				.formatted(this.name, loop.getName()));
		}
		loop.awaitRunning();
		Opened<T> opened = this.opened;
		if (opened == null) {
			throw new LoopNotRunningException(
					"Resource '%s' is not open on loop '%s'".formatted(this.name, loop.getName()));
		}
		return opened;
	}

	@Override
	public String toString() {
		return "Resource '%s'".formatted(this.name);
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
	final void set(T value, EventExecutor loop) {
		this.opened = new Opened<>(value, loop);
	}

	/**
	 * Take the object away, from this moment on, and close it when that is subscribed to,
	 * once.
	 */
	final Mono<Void> closing() {
		Opened<T> opened = this.opened;
		this.opened = null;
		if (opened == null) {
			return Mono.empty();
		}
		// The loop and whoever has given up waiting for it may both subscribe
		AtomicBoolean begun = new AtomicBoolean();
		return Mono.defer(() -> begun.compareAndSet(false, true) ? close(opened.value()) : Mono.empty());
	}

	/**
	 * Close an object that came after its start had been given up. Called on the loop.
	 */
	final void closeLate(T late) {
		Mono.defer(() -> close(late)).subscribe((none) -> {
		}, (ex) -> logger.warn("Resource '%s' opened too late and failed to close".formatted(this.name), ex));
	}

	/**
	 * An object, and the life of the loop to which it belongs.
	 */
	private record Opened<T>(T value, EventExecutor loop) {

	}

}
