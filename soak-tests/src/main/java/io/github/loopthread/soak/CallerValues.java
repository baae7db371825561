package io.github.loopthread.soak;

import java.util.Objects;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What a caller has in thread-locals: an entry of the MDC, and a value of the
 * application's own. Both are the ID of its call.
 */
final class CallerValues implements ThreadLocalAccessor<String> {

	private static final String KEY = "call";

	private static final String NONE = "none";

	private static final ThreadLocal<@Nullable String> OWN = new ThreadLocal<>();

	static void set(String id) {
		MDC.put(KEY, id);
		OWN.set(id);
	}

	static void clear() {
		MDC.remove(KEY);
		OWN.remove();
	}

	/**
	 * Return the value of the calling thread, or both if they differ.
	 */
	static String current() {
		String mdc = Objects.requireNonNullElse(MDC.get(KEY), NONE);
		String own = Objects.requireNonNullElse(OWN.get(), NONE);
		return mdc.equals(own) ? own : mdc + " and " + own;
	}

	static boolean isClear() {
		return current().equals(NONE);
	}

	@Override
	public Object key() {
		return "soak.own";
	}

	@Override
	public @Nullable String getValue() {
		return OWN.get();
	}

	@Override
	public void setValue(String value) {
		OWN.set(value);
	}

	@Override
	public void setValue() {
		OWN.remove();
	}

}
