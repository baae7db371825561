package io.github.loopthread.sample;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * A Chromium of the system's without a window, and what Selenium has no words for.
 */
final class Browser implements AutoCloseable {

	private static final Path SCREENSHOTS = Path.of("target", "screenshots");

	// Kept, as the JDK forgets what it was told of loggers that nobody has
	private static final List<Logger> TALKATIVE = Stream
		.of("org.openqa.selenium.devtools.CdpVersionFinder", "org.openqa.selenium.chromium.ChromiumDriver")
		.map(Logger::getLogger)
		.toList();

	private final ChromeDriver driver;

	private Browser(ChromeDriver driver) {
		this.driver = driver;
	}

	static Browser start() {
		// They warn that Selenium knows this version's protocol by name only, which is
		// enough
		TALKATIVE.forEach((logger) -> logger.setLevel(Level.SEVERE));
		ChromeOptions options = new ChromeOptions();
		options.setBinary(program(System.getenv("PATH")).orElseThrow());
		// Root may not have the sandbox, and containers have little shared memory
		options.addArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
				"--hide-scrollbars", "--force-color-profile=srgb");
		LoggingPreferences logs = new LoggingPreferences();
		logs.enable(LogType.BROWSER, Level.ALL);
		options.setCapability("goog:loggingPrefs", logs);
		ChromeDriverService service = new ChromeDriverService.Builder()
			.usingDriverExecutable(driverProgram(System.getenv("PATH")).orElseThrow())
			.build();
		return new Browser(new ChromeDriver(service, options));
	}

	static Optional<File> program(String path) {
		return on(path, "chromium", "chromium-browser", "google-chrome");
	}

	static Optional<File> driverProgram(String path) {
		return on(path, "chromedriver");
	}

	private static Optional<File> on(String path, String... names) {
		return Stream.of(names)
			.flatMap((name) -> Stream.of(path.split(File.pathSeparator)).map((directory) -> new File(directory, name)))
			.filter(File::canExecute)
			.findFirst();
	}

	ChromeDriver driver() {
		return this.driver;
	}

	/**
	 * Take a size, with a scheme of colours and perhaps without motion, from the next
	 * page on.
	 */
	void emulate(int width, int height, String scheme, boolean reducedMotion) {
		this.driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
		this.driver.executeCdpCommand("Emulation.setEmulatedMedia", Map
			.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme),
					Map.of("name", "prefers-reduced-motion", "value", reducedMotion ? "reduce" : "no-preference"))));
	}

	/**
	 * Return what the console has said since it was last asked, but for mere information.
	 */
	List<String> complaints() {
		return this.driver.manage()
			.logs()
			.get(LogType.BROWSER)
			.getAll()
			.stream()
			.filter((entry) -> entry.getLevel().intValue() >= Level.WARNING.intValue())
			.map(LogEntry::getMessage)
			.toList();
	}

	/**
	 * Keep a picture of the whole page, beyond what fits the window.
	 */
	void photograph(String name) throws IOException {
		this.driver.executeScript("document.getAnimations().forEach((animation) => animation.finish())");
		Object picture = this.driver
			.executeCdpCommand("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true))
			.get("data");
		Files.createDirectories(SCREENSHOTS);
		Files.write(SCREENSHOTS.resolve(name + ".png"), Base64.getDecoder().decode((String) picture));
	}

	@Override
	public void close() {
		this.driver.quit();
	}

}
