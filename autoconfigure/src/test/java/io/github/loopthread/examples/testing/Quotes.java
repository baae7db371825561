package io.github.loopthread.examples.testing;

import reactor.core.publisher.Mono;

/**
 * A service that others answer for.
 */
interface Quotes {

	Mono<String> text(int id);

	Mono<String> author(int id);

}
