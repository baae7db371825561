package io.github.loopthread.benchmarks;

import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

import io.github.loopthread.benchmarks.ways.Setup;

/**
 * Leaves the actuator, with meters and observations, out of applications that are not to
 * have it, as if it was not on the class path.
 */
class ActuatorFilter implements AutoConfigurationImportFilter, EnvironmentAware {

	// Packages of its own, and what other modules have for where it is
	private static final Pattern ACTUATOR = Pattern
		.compile("org\\.springframework\\.boot\\.((actuate|health|micrometer)\\..*|.*(Metrics|Observation)\\w*)");

	private boolean metered;

	@Override
	public void setEnvironment(Environment environment) {
		this.metered = environment.getProperty(Setup.METERED, Boolean.class, false);
	}

	@Override
	public boolean[] match(String[] autoConfigurations, AutoConfigurationMetadata metadata) {
		boolean[] matches = new boolean[autoConfigurations.length];
		for (int index = 0; index < matches.length; index++) {
			matches[index] = this.metered || !isActuator(autoConfigurations[index]);
		}
		return matches;
	}

	// Those that another filter does not want are null
	private static boolean isActuator(@Nullable String autoConfiguration) {
		return autoConfiguration != null && ACTUATOR.matcher(autoConfiguration).matches();
	}

}
