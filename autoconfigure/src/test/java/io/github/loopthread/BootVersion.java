package io.github.loopthread;

import org.springframework.boot.SpringBootVersion;

/**
 * The Spring Boot that the suite runs against, for conditions of tests.
 */
public final class BootVersion {

	private BootVersion() {
	}

	public static boolean is40() {
		return SpringBootVersion.getVersion().startsWith("4.0.");
	}

}
