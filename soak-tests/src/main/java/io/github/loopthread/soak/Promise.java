package io.github.loopthread.soak;

import java.util.Locale;

/**
 * Something that must hold.
 *
 * @param text what
 * @param demanded the figure that it should have
 * @param measured the one that it has
 * @param kept whether that is good enough
 */
record Promise(String text, String demanded, String measured, boolean kept) {

	static Promise atLeast(String text, long demanded, long measured) {
		return new Promise(text, "≥ " + number(demanded), number(measured), measured >= demanded);
	}

	static Promise none(String text, long measured) {
		return new Promise(text, "0", number(measured), measured == 0);
	}

	static Promise same(String text, Object demanded, Object measured) {
		return new Promise(text, text(demanded), text(measured), demanded.equals(measured));
	}

	private static String text(Object value) {
		return (value instanceof Long number) ? number(number) : value.toString();
	}

	private static String number(long number) {
		return String.format(Locale.ROOT, "%,d", number);
	}

}
