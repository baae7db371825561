package io.github.loopthread.benchmarks.ways;

import java.util.Map;

/**
 * How the application of a way is configured, and what its callers are like.
 */
@SuppressWarnings("ImmutableEnumChecker")
public enum Setup {

	/** Ours; callers have something to carry. */
	LOOP(true, false, Map.of()),

	/** Ours, with nothing to carry and carrying switched off. */
	LOOP_BARE(false, false, Map.of("loop.context.mdc", "false", "loop.context.locale", "false")),

	/** Ours, called on virtual threads. */
	LOOP_VIRTUAL(true, true, Map.of()),

	/** Ours, with meters, observations and endpoints; callers have something to carry. */
	LOOP_METERED(true, false, Map.of(Setup.METERED, "true", "management.endpoints.web.exposure.include", "*")),

	/** Without ours. */
	PLAIN(false, false, Map.of("loop.enabled", "false")),

	/** Without ours, with the meters and observations of Spring Boot. */
	PLAIN_METERED(false, false,
			Map.of("loop.enabled", "false", Setup.METERED, "true", "management.endpoints.web.exposure.include", "*")),

	/** Without ours, with Reactor's automatic hook to carry. */
	HOOK(true, false, Map.of("loop.enabled", "false", "spring.reactor.context-propagation", "auto")),

	/** Without ours, called on virtual threads. */
	VIRTUAL(false, true, Map.of("loop.enabled", "false")),

	/** The same with Apache's client for {@code RestClient}. */
	VIRTUAL_APACHE(false, true, Map.of("loop.enabled", "false", Setup.FACTORY, "http-components")),

	/** Without ours, called on virtual threads, with something to carry. */
	VIRTUAL_CONTEXT(true, true, Map.of("loop.enabled", "false"));

	/** Property that says whether there is an actuator, with a registry of meters. */
	public static final String METERED = "benchmarks.metered";

	/** Property that says on which client a {@code RestClient} is. */
	public static final String FACTORY = "spring.http.clients.imperative.factory";

	private final boolean context;

	private final boolean virtual;

	private final Map<String, String> properties;

	Setup(boolean context, boolean virtual, Map<String, String> properties) {
		this.context = context;
		this.virtual = virtual;
		this.properties = properties;
	}

	/** Return whether callers have an MDC and an authentication. */
	public boolean hasContext() {
		return this.context;
	}

	/** Return whether callers, and the threads of Spring Boot, are virtual. */
	public boolean isVirtual() {
		return this.virtual;
	}

	/**
	 * Return whether the MDC needs to be in Micrometer's global registry to be carried.
	 */
	public boolean hasGlobalMdc() {
		return this.context && !isLoop();
	}

	public boolean isLoop() {
		return !this.properties.containsKey("loop.enabled");
	}

	public Map<String, String> properties() {
		return this.properties;
	}

}
