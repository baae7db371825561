package io.github.loopthread.examples.testing;

import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * The application of {@code docs/testing.md}.
 */
@SpringBootApplication
class QuoteApplication {

}
