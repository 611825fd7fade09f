// What loading the AWS SDK's two clients takes by itself.
import '@aws-sdk/client-dynamodb';
import '@aws-sdk/client-eventbridge';
