package io.github.loopthread;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.ThreadLocalAccessor;

import org.springframework.util.Assert;

/**
 * What travels from callers to the loop along with their tasks.
 *
 * @param snapshots makes what captures a caller's thread-locals; asked at each start of
 * the loop
 * @param listeners who is told of each task before it moves to the loop
 * @since 1.0.0
 */
public record LoopContext(Supplier<? extends ContextSnapshotFactory> snapshots, List<HandOverListener> listeners) {

	/**
	 * Create a context.
	 * @throws IllegalArgumentException when an argument or a listener is {@code null}
	 */
	public LoopContext {
		Assert.notNull(snapshots, "'snapshots' must not be null");
		Assert.notNull(listeners, "'listeners' must not be null");
		Assert.noNullElements(listeners, "'listeners' must not contain null");
		listeners = List.copyOf(listeners);
	}

	/**
	 * Create a context of the thread-locals whose accessors register themselves, without
	 * listeners.
	 * @return the context
	 */
	public static LoopContext ofRegisteredAccessors() {
		return new LoopContext(() -> snapshotFactory(List.of(), List.of()), List.of());
	}

	/**
	 * Make what captures the thread-locals of the given accessors and of those that are
	 * in Micrometer's global registry at the moment, which has found those that register
	 * themselves with a {@link java.util.ServiceLoader}. The global registry is not
	 * changed. An accessor that throws is logged and passed by.
	 * @param defaults accessors that give way to one in the global registry with the same
	 * key
	 * @param replacements accessors that take the place of such a one
	 * @return the factory, with a registry of its own
	 */
	public static ContextSnapshotFactory snapshotFactory(List<? extends ThreadLocalAccessor<?>> defaults,
			List<? extends ThreadLocalAccessor<?>> replacements) {
		ContextRegistry global = ContextRegistry.getInstance();
		ContextRegistry registry = new ContextRegistry();
		global.getContextAccessors().forEach(registry::registerContextAccessor);
		Stream.of(defaults, global.getThreadLocalAccessors(), replacements)
			.flatMap(List::stream)
			.forEach((accessor) -> registry.registerThreadLocalAccessor(new SafeThreadLocalAccessor<>(accessor)));
		return new ThreadLocalSnapshots(registry);
	}

}
