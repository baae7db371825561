package io.github.loopthread;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ThreadLocalAccessor;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import org.springframework.context.i18n.LocaleContext;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.context.i18n.LocaleContextThreadLocalAccessor;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestAttributesThreadLocalAccessor;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * Six kinds of values that callers have in thread-locals, here all the same.
 */
public final class CallerValues implements AutoCloseable {

	private static final String KEY = "user";

	private static final ThreadLocal<@Nullable String> OWN = new ThreadLocal<>();

	private static final ObservationRegistry OBSERVATIONS = ObservationRegistry.create();

	static {
		OBSERVATIONS.observationConfig().observationHandler((context) -> true);
	}

	private final Observation observation;

	private final Observation.Scope scope;

	private CallerValues(Observation observation) {
		this.observation = observation;
		this.scope = observation.openScope();
	}

	/**
	 * Give the calling thread values.
	 * @param id letters and digits, at most 8
	 * @return what takes them away again
	 */
	public static CallerValues set(String id) {
		return set(id, id);
	}

	/**
	 * Give the calling thread values, of which one leads to an object of the test's.
	 */
	public static CallerValues set(String id, Object credentials) {
		MDC.put(KEY, id);
		LocaleContextHolder.setLocale(Locale.forLanguageTag("x-" + id));
		SecurityContextHolder.setContext(new SecurityContextImpl(new TestingAuthenticationToken(id, credentials)));
		MockHttpServletRequest request = new MockHttpServletRequest();
		request.setAttribute(KEY, id);
		RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(request));
		OWN.set(id);
		return new CallerValues(Observation.start(id, OBSERVATIONS));
	}

	/**
	 * Return a value that all six have on the calling thread, {@code "none"} when none is
	 * there.
	 * @throws IllegalStateException when they differ
	 */
	public static String current() {
		List<String> values = new ArrayList<>();
		values.add(MDC.get(KEY));
		LocaleContext locale = LocaleContextHolder.getLocaleContext();
		values.add((locale != null) ? Objects.requireNonNull(locale.getLocale()).toLanguageTag().substring(2) : null);
		Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
		values.add((authentication != null) ? authentication.getName() : null);
		RequestAttributes request = RequestContextHolder.getRequestAttributes();
		values.add((request != null) ? (String) request.getAttribute(KEY, RequestAttributes.SCOPE_REQUEST) : null);
		values.add(root(OBSERVATIONS.getCurrentObservation()));
		values.add(OWN.get());
		List<String> distinct = values.stream()
			.map((value) -> Objects.requireNonNullElse(value, "none"))
			.distinct()
			.toList();
		if (distinct.size() > 1) {
			throw new IllegalStateException("Values differ: " + values);
		}
		return distinct.get(0);
	}

	/**
	 * Return a loop's context with which all six travel, without a global registration.
	 */
	public static LoopContext loopContext() {
		return new LoopContext(() -> LoopContext.snapshotFactory(accessors(), List.of()), List.of());
	}

	/**
	 * Return the registry of the observations, for clients that make children of them.
	 */
	public static ObservationRegistry observations() {
		return OBSERVATIONS;
	}

	private static @Nullable String root(@Nullable ObservationView observation) {
		if (observation == null) {
			return null;
		}
		ObservationView parent = observation.getContextView().getParentObservation();
		return (parent != null) ? root(parent) : observation.getContextView().getName();
	}

	private static List<? extends ThreadLocalAccessor<?>> accessors() {
		ContextRegistry own = new ContextRegistry().registerThreadLocalAccessor("own", OWN);
		return Stream.concat(Stream.of(new Slf4jThreadLocalAccessor(), new LocaleContextThreadLocalAccessor(),
				new RequestAttributesThreadLocalAccessor()), own.getThreadLocalAccessors().stream())
			.toList();
	}

	@Override
	public void close() {
		MDC.clear();
		LocaleContextHolder.resetLocaleContext();
		SecurityContextHolder.clearContext();
		RequestContextHolder.resetRequestAttributes();
		OWN.remove();
		this.scope.close();
		this.observation.stop();
	}

}
