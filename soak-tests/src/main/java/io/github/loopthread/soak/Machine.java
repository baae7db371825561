package io.github.loopthread.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;

import io.netty.util.Version;
import org.springframework.boot.SpringBootVersion;
import org.springframework.core.SpringVersion;

/**
 * Where the run was.
 */
final class Machine {

	private Machine() {
	}

	static String describe() {
		return String.format(Locale.ROOT,
				"%s. %s, %d processors (%s). %s %s. Spring Boot %s, Spring Framework %s, Netty %s.",
				LocalDate.now(ZoneOffset.UTC), System.getProperty("os.name"),
				Runtime.getRuntime().availableProcessors(), processor(), System.getProperty("java.vm.name"),
				Runtime.version(), SpringBootVersion.getVersion(), SpringVersion.getVersion(),
				Version.identify().get("netty-transport").artifactVersion());
	}

	private static String processor() {
		return lines("/proc/cpuinfo").stream()
			.filter((line) -> line.startsWith("model name"))
			.map((line) -> line.substring(line.indexOf(':') + 2))
			.findFirst()
			.orElse(System.getProperty("os.arch"));
	}

	private static List<String> lines(String file) {
		try {
			return Files.readAllLines(Path.of(file));
		}
		catch (IOException ex) {
			return List.of();
		}
	}

}
