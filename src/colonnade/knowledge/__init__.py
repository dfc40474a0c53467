"""Documents to answers: parse, chunk, embed, index generations, retrieve, rerank."""
