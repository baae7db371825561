package io.github.loopthread.sample;

import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample, and a browser for all tests of a class.
 */
@Tag("browser")
@ExtendWith(BrowserCondition.class)
abstract class ShopInBrowser extends RunningShop {

	static final int DESKTOP = 1280;

	static Browser browser;

	@LocalServerPort
	private int port;

	@BeforeAll
	@Timeout(180)
	static void startBrowser() {
		browser = Browser.start();
	}

	@AfterAll
	static void endBrowser() {
		browser.close();
	}

	@BeforeEach
	void useDesktop() {
		browser.emulate(DESKTOP, 900, "light", false);
	}

	@AfterEach
	void consoleHasNoErrors() {
		List<String> complaints = browser.complaints();
		// Nothing goes on while the next test prepares
		browser.driver().get("about:blank");
		assertThat(complaints).isEmpty();
	}

	StartPage open() {
		return StartPage.open(browser, this.port);
	}

}
