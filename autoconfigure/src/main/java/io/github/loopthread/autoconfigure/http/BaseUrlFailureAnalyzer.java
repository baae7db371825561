package io.github.loopthread.autoconfigure.http;

import java.util.Objects;
import java.util.stream.StreamSupport;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.origin.Origin;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Reports a base URL that is refused, without the password that may be in it: Spring
 * Boot's own report shows what the environment has. In the words of that report.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class BaseUrlFailureAnalyzer extends AbstractFailureAnalyzer<InvalidConfigurationPropertyValueException> {

	private final Environment environment;

	BaseUrlFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure,
			InvalidConfigurationPropertyValueException failure) {
		if (!failure.getName().equals(LoopWebClientProperties.BASE_URL)) {
			return null;
		}
		String description = ("Invalid value '%s' for configuration property '%s' (originating from '%s'). "
				+ "Validation failed for the following reason:%n%n%s")
			.formatted(failure.getValue(), failure.getName(), origin(), failure.getReason());
		return new FailureAnalysis(description,
				"Correct the value of the property, or remove it to use its default value.", failure);
	}

	private @Nullable Origin origin() {
		ConfigurationPropertyName name = ConfigurationPropertyName.of(LoopWebClientProperties.BASE_URL);
		return StreamSupport.stream(ConfigurationPropertySources.get(this.environment).spliterator(), false)
			.map((source) -> source.getConfigurationProperty(name))
			.filter(Objects::nonNull)
			.findFirst()
			.map(ConfigurationProperty::getOrigin)
			.orElse(null);
	}

}
