package io.github.loopthread.autoconfigure;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.convert.DurationStyle;

/**
 * What values of ours may be. Spring Boot reports the exception without a stack trace,
 * with the place the value came from.
 */
public final class PropertyRules {

	private PropertyRules() {
	}

	/**
	 * Refuse a duration that is zero or negative.
	 * @param property the name of the property
	 * @param value its value
	 * @throws InvalidConfigurationPropertyValueException when it is
	 */
	public static void positive(String property, Duration value) {
		check(property, value, !value.isZero() && !value.isNegative(), "It must be more than zero.");
	}

	/**
	 * Refuse a number below one.
	 * @param property the name of the property
	 * @param value its value
	 * @throws InvalidConfigurationPropertyValueException when it is
	 */
	public static void positive(String property, int value) {
		check(property, value, value > 0, "It must be at least 1.");
	}

	/**
	 * Refuse a value that does not fulfil a condition.
	 * @param property the name of the property
	 * @param value its value
	 * @param allowed whether the value is allowed
	 * @param rule what is allowed, for the report
	 * @throws InvalidConfigurationPropertyValueException when it is not allowed
	 */
	public static void check(String property, Object value, boolean allowed, String rule) {
		if (!allowed) {
			throw new InvalidConfigurationPropertyValueException(property, value, rule);
		}
	}

	/**
	 * Return a duration as it would be written in a property.
	 * @param value the duration
	 * @return its text, such as {@code 30s}
	 */
	public static String print(Duration value) {
		return DurationStyle.SIMPLE.print(value, (value.toNanosPart() != 0) ? ChronoUnit.MILLIS : ChronoUnit.SECONDS);
	}

}
