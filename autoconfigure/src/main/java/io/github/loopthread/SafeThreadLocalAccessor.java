package io.github.loopthread;

import java.util.concurrent.atomic.AtomicBoolean;

import io.micrometer.context.ThreadLocalAccessor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Passes by an accessor that throws. Otherwise the values that were set before it would
 * stay on the loop's thread and be seen by other callers' tasks.
 *
 * @param <V> the type of the value
 */
final class SafeThreadLocalAccessor<V> implements ThreadLocalAccessor<V> {

	private static final Log logger = LogFactory.getLog(SafeThreadLocalAccessor.class);

	private final ThreadLocalAccessor<V> accessor;

	// Asked for with each read from the network
	private final Object key;

	private final AtomicBoolean logged = new AtomicBoolean();

	SafeThreadLocalAccessor(ThreadLocalAccessor<V> accessor) {
		this.accessor = accessor;
		this.key = accessor.key();
	}

	@Override
	public Object key() {
		return this.key;
	}

	@Override
	public @Nullable V getValue() {
		try {
			return this.accessor.getValue();
		}
		catch (Throwable ex) {
			log(ex);
			return null;
		}
	}

	@Override
	public void setValue(V value) {
		try {
			this.accessor.setValue(value);
		}
		catch (Throwable ex) {
			log(ex);
		}
	}

	@Override
	public void setValue() {
		try {
			this.accessor.setValue();
		}
		catch (Throwable ex) {
			log(ex);
		}
	}

	@Override
	public void restore(V previousValue) {
		try {
			this.accessor.restore(previousValue);
		}
		catch (Throwable ex) {
			log(ex);
		}
	}

	@Override
	public void restore() {
		try {
			this.accessor.restore();
		}
		catch (Throwable ex) {
			log(ex);
		}
	}

	/**
	 * Once: it would be said for every signal of every task.
	 */
	private void log(Throwable ex) {
		if (this.logged.compareAndSet(false, true)) {
			logger.warn("Values for the key '%s' do not travel as they should: %s failed".formatted(key(),
					this.accessor.getClass().getName()), ex);
		}
	}

}
