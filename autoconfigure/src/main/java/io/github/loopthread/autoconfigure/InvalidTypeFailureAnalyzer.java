package io.github.loopthread.autoconfigure;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Reports a value of ours that has not even the right type. Spring Boot's own report does
 * not say what a value may look like, and names transports as no document does. In the
 * words of its report for values that are refused.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidTypeFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("loop");

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException failure) {
		ConfigurationProperty property = failure.getProperty();
		Class<?> type = failure.getTarget().getType().resolve();
		String rule = (type != null) ? rule(type) : null;
		if (property == null || rule == null || !PREFIX.isAncestorOf(property.getName())) {
			return null;
		}
		String description = ("Invalid value '%s' for configuration property '%s' (originating from '%s'). "
				+ "Validation failed for the following reason:%n%n%s")
			.formatted(property.getValue(), property.getName(), property.getOrigin(), rule);
		return new FailureAnalysis(description,
				"Correct the value of the property, or remove it to use its default value.", failure);
	}

	private static @Nullable String rule(Class<?> type) {
		if (type == Duration.class) {
			return "It must be a duration, such as '500ms', '30s' or '2m'.";
		}
		if (type == int.class) {
			return "It must be a whole number of at most %d.".formatted(Integer.MAX_VALUE);
		}
		if (type == boolean.class) {
			return "It must be 'true' or 'false'.";
		}
		return type.isEnum() ? "It must be one of %s.".formatted(constants(type)) : null;
	}

	private static String constants(Class<?> type) {
		return Arrays.stream(type.getEnumConstants())
			.map((constant) -> "'" + constant + "'")
			.collect(Collectors.joining(", "));
	}

}
