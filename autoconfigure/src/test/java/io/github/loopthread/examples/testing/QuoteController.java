package io.github.loopthread.examples.testing;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

import io.github.loopthread.Fork;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopScope;

@RestController
class QuoteController {

	private final LoopOperations loop;

	private final Quotes quotes;

	QuoteController(LoopOperations loop, Quotes quotes) {
		this.loop = loop;
		this.quotes = quotes;
	}

	@GetMapping("/quotes/{id}")
	String quote(@PathVariable("id") int id) {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> text = scope.fork("text", this.quotes.text(id));
			Fork<String> author = scope.fork("author", this.quotes.author(id));
			return "%s (%s)".formatted(text.get(), author.orElse("unknown"));
		}
	}

}
